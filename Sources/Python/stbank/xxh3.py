"""XXH3, 64 bits, seed 0: the hash that finds damage and names windows. The algorithm is xxHash's (BSD, Y. Collet)."""

import numpy as np

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
BITS = (1 << 64) - 1
PRIME_1, PRIME_2, PRIME_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME_4, PRIME_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
SHORT_1, SHORT_2, SHORT_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
LANES = [SHORT_3, PRIME_1, PRIME_2, PRIME_3, PRIME_4, SHORT_2, PRIME_5, SHORT_1]
STRIPE, BLOCK = 64, 1024


def xxh3(data: bytes) -> int:
    count = len(data)
    if count > 240:
        return _long(data)
    if count > 128:
        return _up_to_240(data)
    if count > 16:
        return _up_to_128(data)
    if count > 8:
        return _up_to_16(data)
    if count >= 4:
        return _up_to_8(data)
    return _up_to_3(data)


def text(data: bytes) -> str:
    """Sixteen hexadecimal digits."""
    return f"{xxh3(data):016x}"


def _u32(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")


def _u64(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 8], "little")


def _folded(a: int, b: int) -> int:
    product = a * b
    return product & BITS ^ product >> 64


def _avalanche(h: int) -> int:
    h ^= h >> 37
    h = h * 0x165667919E3779F9 & BITS
    return h ^ h >> 32


def _avalanche_64(h: int) -> int:
    h = (h ^ h >> 33) * PRIME_2 & BITS
    h = (h ^ h >> 29) * PRIME_3 & BITS
    return h ^ h >> 32


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 64 - by) & BITS


def _mixed(data: bytes, place: int, secret: int) -> int:
    low = _u64(data, place) ^ _u64(SECRET, secret)
    return _folded(low, _u64(data, place + 8) ^ _u64(SECRET, secret + 8))


def _up_to_3(data: bytes) -> int:
    count = len(data)
    if count == 0:
        return _avalanche_64(_u64(SECRET, 56) ^ _u64(SECRET, 64))
    combined = data[0] << 16 | data[count >> 1] << 24 | data[-1] | count << 8
    return _avalanche_64(combined ^ _u32(SECRET, 0) ^ _u32(SECRET, 4))


def _up_to_8(data: bytes) -> int:
    count = len(data)
    keyed = (_u32(data, count - 4) | _u32(data, 0) << 32) ^ _u64(SECRET, 8) ^ _u64(SECRET, 16)
    h = keyed ^ _rotated(keyed, 49) ^ _rotated(keyed, 24)
    h = h * 0x9FB21C651E98DF25 & BITS
    h = (h ^ (h >> 35) + count) * 0x9FB21C651E98DF25 & BITS
    return h ^ h >> 28


def _up_to_16(data: bytes) -> int:
    count = len(data)
    low = _u64(data, 0) ^ _u64(SECRET, 24) ^ _u64(SECRET, 32)
    high = _u64(data, count - 8) ^ _u64(SECRET, 40) ^ _u64(SECRET, 48)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    return _avalanche(count + swapped + high + _folded(low, high) & BITS)


def _up_to_128(data: bytes) -> int:
    count = len(data)
    sum = count * PRIME_1
    for pair in range((count - 1) // 32 + 1):
        sum += _mixed(data, 16 * pair, 32 * pair) + _mixed(data, count - 16 * (pair + 1), 32 * pair + 16)
    return _avalanche(sum & BITS)


def _up_to_240(data: bytes) -> int:
    count = len(data)
    sum = count * PRIME_1
    for part in range(8):
        sum += _mixed(data, 16 * part, 16 * part)
    sum = _avalanche(sum & BITS)
    for part in range(8, count // 16):
        sum += _mixed(data, 16 * part, 16 * (part - 8) + 3)
    return _avalanche(sum + _mixed(data, count - 16, 136 - 17) & BITS)


def _lanes(data: bytes, place: int, count: int) -> np.ndarray:
    return np.frombuffer(data, "<u8", count, place)


def _stripes(lanes: np.ndarray, data: np.ndarray, secret: np.ndarray) -> None:
    """Adds stripes to the lanes; shapes (8), (n, 8), (n, 8)."""
    keyed = data ^ secret
    products = (keyed & np.uint64(0xFFFFFFFF)) * (keyed >> np.uint64(32))
    lanes += products.sum(0, np.uint64) + data.sum(0, np.uint64).reshape(4, 2)[:, ::-1].reshape(8)


def _long(data: bytes) -> int:
    count = len(data)
    lanes = np.array(LANES, np.uint64)
    secret = np.stack([_lanes(SECRET, 8 * stripe, 8) for stripe in range(16)])
    last = _lanes(SECRET, len(SECRET) - STRIPE, 8)
    blocks = (count - 1) // BLOCK
    for block in range(blocks):
        _stripes(lanes, _lanes(data, block * BLOCK, 128).reshape(16, 8), secret)
        lanes ^= lanes >> np.uint64(47)
        lanes ^= last
        lanes *= np.uint64(SHORT_1)
    rest = (count - 1 - blocks * BLOCK) // STRIPE
    _stripes(lanes, _lanes(data, blocks * BLOCK, 8 * rest).reshape(rest, 8), secret[:rest])
    _stripes(lanes, _lanes(data, count - STRIPE, 8)[None], _lanes(SECRET, len(SECRET) - STRIPE - 7, 8)[None])
    values = [int(lane) for lane in lanes]
    sum = count * PRIME_1
    for pair in range(4):
        place = 11 + 16 * pair
        sum += _folded(values[2 * pair] ^ _u64(SECRET, place), values[2 * pair + 1] ^ _u64(SECRET, place + 8))
    return _avalanche(sum & BITS)
