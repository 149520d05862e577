import DataBank
import Testing
