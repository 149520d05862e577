import Handover
import Testing
