import ArrayFiles
import Testing
