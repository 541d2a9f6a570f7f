"""Read request bodies strictly: "7" is not 7, and an unknown field is refused."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.types import Empty

from largesse.kernel.errors import Invalid

BODY_BYTES_MAX = 256 * 1024


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is decoded straight into the handler's own body type.

    Litestar would decode to plain values and then convert leniently; the kind
    of mistake that turns the text "7" into seven coins.
    """

    async def json(self) -> Any:
        """The body as the handler's `data` type; raises `Invalid`."""
        if self._json is Empty:
            self._json = decoded(await self.body(), self._body_type())
        return self._json

    def _body_type(self) -> Any:
        field = self.route_handler.parsed_data_field
        return Any if field is None else field.annotation


def decoded(body: bytes, kind: Any) -> Any:
    """Decode JSON into a type without any leniency; the refusal names the field."""
    try:
        return msgspec.json.decode(body or b"null", type=kind, strict=True)
    except msgspec.ValidationError as error:
        text = str(error)
        _, _, path = text.partition(" - at `$")
        raise Invalid(text, field=path.rstrip("`").lstrip(".") or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("The body is not JSON.") from error
