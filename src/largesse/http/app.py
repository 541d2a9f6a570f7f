"""Assemble the HTTP application from the features' routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from largesse import __version__
from largesse.http import health, reference, signed_in
from largesse.http.pages import pages
from largesse.http.refusals import API_VERSION, HANDLERS, VERSION_HEADER
from largesse.http.request import BODY_BYTES_MAX, StrictRequest


def build_app(
    *,
    routes: Sequence[ControllerRouterHandler],
    provided: Mapping[str, object],
    web: Path,
    lifespan: Sequence[Any] = (),
) -> Litestar:
    """The whole HTTP face, with `provided` objects injected into handlers by name."""
    dependencies: dict[str, Provide] = {
        name: Provide(_always(thing), sync_to_thread=False) for name, thing in provided.items()
    }
    dependencies |= {
        "session_token": Provide(signed_in.session_token),
        "guest": Provide(signed_in.guest),
        "viewer": Provide(signed_in.viewer),
        "operator": Provide(signed_in.operator),
        "idempotency_key": Provide(signed_in.idempotency_key),
    }
    return Litestar(
        route_handlers=[*health.routes, *reference.routes, *routes, pages(web)],  # type: ignore[list-item]  # a handler is a route
        dependencies=dependencies,
        guards=[signed_in.own_pages_only],
        exception_handlers=HANDLERS,
        request_class=StrictRequest,
        request_max_body_size=BODY_BYTES_MAX,
        compression_config=CompressionConfig(backend="gzip", minimum_size=1000),
        openapi_config=OpenAPIConfig(
            title="Largesse",
            version=__version__,
            use_handler_docstrings=True,
            # Our own two routes show it; the framework's page would load a script from elsewhere.
            path="/openapi",
            render_plugins=[JsonRenderPlugin(path="/document.json")],
        ),
        lifespan=list(lifespan),
        logging_config=None,
        response_headers={VERSION_HEADER: API_VERSION},
    )


def _always(thing: object) -> Any:
    def provide() -> Any:
        return thing

    return provide
