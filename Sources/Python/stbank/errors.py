"""The one exception of the package."""


class StbankError(Exception):
    """Says what is wrong, where, and what to do.

    `code` is "usage" (the caller asked for something that cannot be), "not found", "damaged" (stored bytes are not
    what they were) or "system".
    """

    def __init__(self, code: str, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(code, what, where, remedy)
        self.code = code
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return place + self.what + (f"; {self.remedy}" if self.remedy else "")

    def of(self, dataset: str) -> "StbankError":
        """The same with the data set named in front."""
        if self.where.startswith(dataset):
            return self
        where = f"{dataset}: {self.where}" if self.where else dataset
        return StbankError(self.code, self.what, where, self.remedy)
