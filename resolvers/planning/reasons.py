"""Why a document is answered by the stock path; the two ways out of a plan."""

from enum import StrEnum


class Reason(StrEnum):
    """Counted, shown in debug mode: nothing leaves the planned path silently."""

    INVALID_DOCUMENT = "invalid_document"
    INVALID_VARIABLES = "invalid_variables"
    NO_ONE_OPERATION = "no_one_operation"
    NO_QUERY = "no_query"
    INTROSPECTION = "introspection"
    INCREMENTAL = "incremental"
    FRAGMENT_VARIABLES = "fragment_variables"
    TOO_LARGE = "too_large"
    UNKNOWN_FIELD = "unknown_field"
    PERMISSION = "permission"
    NULL_FOUND = "null_found"
    ODD_VALUE = "odd_value"
    ERROR_IN_LIST = "error_in_list"
    NULL_DATA = "null_data"
    ROW_CLASS = "row_class"
    PLATFORM = "platform"


class UnplannableError(Exception):
    """A document that no plan expresses; `what` names the field, never a value."""

    def __init__(self, reason: Reason, what: str = "") -> None:
        super().__init__(f"{reason}: {what}")
        self.reason = reason
        self.what = what


class AnomalyError(Exception):
    """Something met while running that only the stock path answers as the graph says it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
