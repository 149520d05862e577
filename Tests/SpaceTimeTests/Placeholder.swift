import SpaceTime
import Testing
