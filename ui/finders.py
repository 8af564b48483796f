"""The handful of npm files that the portal serves, found where npm put them.

They are read from node_modules and collected as static files; no copy lives in the
repository. The design kit's big style sheet is left out on purpose: it fetches icons from a
foreign host, which breaks closed networks and the content security policy.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

FONTS = "krds-uiux/resources/fonts/PretendardGOV"

# name under STATIC_URL -> file under node_modules
NPM_FILES = {
    "krds/krds_tokens.css": "krds-uiux/resources/css/token/krds_tokens.css",
    "krds/fonts/PretendardGOV-Regular.subset.woff2": f"{FONTS}-Regular.subset.woff2",
    "krds/fonts/PretendardGOV-Medium.subset.woff2": f"{FONTS}-Medium.subset.woff2",
    "krds/fonts/PretendardGOV-Bold.subset.woff2": f"{FONTS}-Bold.subset.woff2",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
}


def node_modules() -> Path:
    return Path(getattr(settings, "NODE_MODULES", settings.BASE_DIR / "node_modules"))


class NpmStorage(FileSystemStorage):
    """node_modules seen through the table: only the named files, under their static names."""

    prefix = ""

    def path(self, name: str) -> str:
        return str(Path(self.location) / NPM_FILES[name])


class NpmFinder(BaseFinder):
    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error that says what to do when `npm ci` has not been run."""
        missing = [name for name in NPM_FILES.values() if not (node_modules() / name).is_file()]
        if not missing:
            return []
        return [
            Error(
                f"Static files from npm are missing under {node_modules()}: {', '.join(missing)}.",
                hint="Run `make setup` (or `npm ci`) in the project's directory.",
                id="ui.E001",
            )
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file's path, a list of it with `find_all`, an empty list where there is none."""
        found = node_modules() / NPM_FILES[path] if path in NPM_FILES else None
        if found is None or not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, NpmStorage]]:
        storage = NpmStorage(location=node_modules())
        for name in NPM_FILES:
            if storage.exists(name):
                yield name, storage
