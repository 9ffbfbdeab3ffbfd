"""Watch botocore in the whole process: the clients that it creates, the requests that it sends.

For each there is one method that boto3 and aiobotocore share. It is replaced while a block runs. If
its module is not loaded yet, an import hook replaces it when it is: importing botocore here would
slow down every process, also those that never call AWS.
"""

from __future__ import annotations

import copy
import ipaddress
import sys
from contextlib import ExitStack, contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["clients_seen", "is_loopback", "requests_seen"]


@contextmanager
def clients_seen(see: Callable[[Any], None]) -> Iterator[None]:
    """Call *see* with each client that is created while the block runs."""

    def seeing(init: Callable[..., None]) -> Callable[..., None]:
        def initialise(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            see(self)

        return initialise

    with _replaced("botocore.client", "BaseClient", "__init__", seeing):
        yield


@contextmanager
def requests_seen(see: Callable[[Any, str, Mapping[Any, Any]], None]) -> Iterator[None]:
    """Call *see* before each request that is sent while the block runs; it may raise.

    Its arguments are botocore's model of the operation, the URL, and the context of the call. A
    request that ``replay`` or a stub answers is not sent.
    """

    def seeing(make_request: Callable[..., Any]) -> Callable[..., Any]:
        def make_seen(self: Any, operation_model: Any, request_dict: Any) -> Any:
            def send(request: Any) -> Any:
                see(operation_model, request.url, request_dict["context"])
                return self._send(request)

            # make_request knows the call, but not whether a "before-send" handler answers it;
            # _send is reached only if none does, but does not know the call. So each call gets a
            # copy of the endpoint, with a _send that knows it.
            endpoint = copy.copy(self)
            endpoint._send = send  # noqa: SLF001  # both libraries send here
            return make_request(endpoint, operation_model, request_dict)

        return make_seen

    with _replaced("botocore.endpoint", "Endpoint", "make_request", seeing):
        yield


def is_loopback(url: str) -> bool:
    """Return whether *url* names this machine."""
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def _replaced(
    module: str, class_name: str, method: str, replace: Callable[[Any], Any]
) -> Iterator[None]:
    """Replace a method of a class while the block runs, as soon as its module is loaded."""
    with ExitStack() as undo:

        def patch(loaded: ModuleType) -> None:
            class_ = getattr(loaded, class_name)
            original = getattr(class_, method)
            setattr(class_, method, replace(original))
            undo.callback(setattr, class_, method, original)

        if module in sys.modules:
            patch(sys.modules[module])
        else:
            finder = _Finder(module, patch)
            sys.meta_path.insert(0, finder)
            undo.callback(sys.meta_path.remove, finder)
        yield


class _Finder(MetaPathFinder):
    """An import hook that calls *then* after one module is loaded by the other finders."""

    def __init__(self, module: str, then: Callable[[ModuleType], None]) -> None:
        self._module = module
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec), None)
        if spec and spec.loader:
            spec.loader = _Loader(spec, spec.loader, self._then)
        return spec


class _Loader(Loader):
    """A wrapper of the real loader of a module that calls *then* after it."""

    def __init__(
        self, spec: ModuleSpec, loader: Loader, then: Callable[[ModuleType], None]
    ) -> None:
        self._spec = spec
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module gets its real loader back: others ask it for source and data.
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then(module)
