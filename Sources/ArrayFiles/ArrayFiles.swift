internal import SpaceTime
