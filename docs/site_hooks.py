"""What `make site` does to the pages: the front page, the notebook, links that leave docs/."""

import base64
import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# Pages of the site that are files outside docs/.
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
NOTEBOOK = "notebook.ipynb"

_CODE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_COMMENT = re.compile(r"^<!-- .*? -->\n", re.MULTILINE)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not in docs/, and the notebook with its pictures."""
    for source, target in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, target, content=_as_in_docs(text, "")))
    notebook = ROOT / "docs" / NOTEBOOK
    pictures: dict[str, bytes] = {}
    files.append(File.generated(config, "notebook.md", content=_pages_of(notebook, pictures)))
    for name, content in pictures.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn links to files that are no page into their text."""
    folder = posixpath.dirname(page.file.src_uri)
    if page.file.src_uri not in (*OUTSIDE.values(), "notebook.md"):
        markdown = _as_in_docs(markdown, posixpath.join("docs", folder))
    return markdown


def _as_in_docs(text: str, folder: str) -> str:
    """Return a page of a folder of the repository as a page of the site."""

    def link(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        file, hash_sign, anchor = target.partition("#")
        if "://" in target or not file:
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, file))
        page = OUTSIDE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else "")
        if page == NOTEBOOK:
            page = "notebook.md"
        if not page or page.endswith(".py"):
            return words  # a file of the code, which the site does not have
        start = folder.removeprefix("docs").strip("/") or "."
        return f"{mark}[{words}]({posixpath.relpath(page, start)}{hash_sign}{anchor})"

    parts = _CODE.split(text)
    parts[::2] = [_LINK.sub(link, _COMMENT.sub("", part)) for part in parts[::2]]
    return "".join(parts)


def _pages_of(notebook: Path, pictures: dict[str, bytes]) -> str:
    """Return a notebook as Markdown, and put its pictures into `pictures` by their paths."""
    parts = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(_as_in_docs(source, "docs"))
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                name = f"pictures/notebook_{len(pictures)}.png"
                pictures[name] = base64.b64decode("".join(data["image/png"]))
                parts.append(f"![The picture that this cell draws]({name})")
            elif "text/html" in data:
                parts.append("".join(data["text/html"]))
            else:
                text = "".join(output.get("text", data.get("text/plain", [])))
                parts.append(f"```text\n{text.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"
