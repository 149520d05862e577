"""Where the frames of one field lie, by sequence."""

from collections.abc import Iterator

from .bank import Dataset, damaged


class PieceTable:
    def __init__(self, dataset: Dataset, field: int) -> None:
        # By sequence: (first frame in the sequence, frames, file, first frame in the file), in order.
        self._entries: dict[int, list[tuple[int, int, int, int]]] = {}
        payload = dataset.record["payload"]
        sequences = dataset.identity["sequences"]["count"]
        path = dataset.folder / "pieces.jsonl"
        for number, line in enumerate(dataset.pieces()):
            try:
                own, sequence = line["field"], line["sequence"]
                entry = offset, frames, file, position = tuple(line[key] for key in ("offset", "frames", "file", "position"))
                if own != field:
                    continue
                known = self._entries.setdefault(sequence, [])
                follows = offset == (known[-1][0] + known[-1][1] if known else 0)
                inside = 0 <= sequence < sequences and 0 <= file < len(payload) and payload[file]["field"] == field
                inside = inside and frames > 0 and position >= 0 and position + frames <= payload[file]["frames"]
            except (KeyError, TypeError):
                raise damaged(f"line {number + 1} is damaged", path) from None
            if not inside or not follows:
                raise damaged(f"line {number + 1}: the piece lies outside its file or place", path)
            known.append(entry)

    def frames_of(self, sequence: int) -> int:
        """Frames that are there of a sequence."""
        entries = self._entries.get(sequence)
        return entries[-1][0] + entries[-1][1] if entries else 0

    def places(self, sequence: int, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """File, first frame in the file and count for each piece that frames begin ..< end of a sequence lie in."""
        for offset, frames, file, position in self._entries[sequence]:
            first, last = max(begin, offset), min(end, offset + frames)
            if first < last:
                yield file, position + first - offset, last - first
