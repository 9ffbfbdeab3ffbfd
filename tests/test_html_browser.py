"""The views of results in a real browser: colours, tooltips, layout, and that nothing is loaded or run.

It needs the extra ``browser``, and Chromium or Chrome with its driver; Debian has them in the
packages ``chromium`` and ``chromium-driver``.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import (
    Embeddings,
    Generation,
    Generations,
    Reranking,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws._html_page import COLOURS, SHADES
from test_html_page import HOSTILE, contrast

if TYPE_CHECKING:
    from collections.abc import Iterator

webdriver = pytest.importorskip("selenium.webdriver", reason="needs the extra browser")

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not BROWSER, reason="needs Chromium or Chrome"),
    pytest.mark.skipif(not DRIVER, reason="needs chromedriver (package chromium-driver)"),
]

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])

# The rules of JupyterLab for tables in the output of a cell, with colours as in its dark theme.
JUPYTERLAB = """
.jp-RenderedHTMLCommon{color:#fff;background:#111}
.jp-RenderedHTMLCommon table{table-layout:fixed;border:none;margin-left:auto;margin-right:auto}
.jp-RenderedHTMLCommon td,.jp-RenderedHTMLCommon th,.jp-RenderedHTMLCommon tr{vertical-align:middle;
 padding:.5em;line-height:normal;white-space:normal;max-width:none;border:none}
:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon td,:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon th,
:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon tr{text-align:right}
.jp-RenderedHTMLCommon th{font-weight:bold}
.jp-RenderedHTMLCommon tbody tr:nth-child(odd){background:#000}
.jp-RenderedHTMLCommon tbody tr:nth-child(even){background:#222}
"""
# A page as that of a notebook: no policy, and other elements with the names of our classes.
NOTEBOOK = """<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">
<style>{style}</style></head><body class="jp-RenderedHTMLCommon">{first}{second}
<div class="card t text p8" id="other">other</div></body></html>"""


@dataclass
class Site:
    """A server of pages by path, on a loopback address, that keeps the paths of all requests."""

    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = found.pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new",
        "--no-sandbox",  # root has none, as in a container
        "--disable-dev-shm-usage",  # which is small in a container
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--window-size=900,700",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing else can be reached
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    # With both paths given, selenium downloads nothing.
    with webdriver.Chrome(options=options, service=Service(DRIVER)) as browser:
        yield browser


@dataclass
class Tab:
    """A browser that shows pages of a site."""

    chrome: Any
    site: Site

    def show(self, html: str, *, scheme: str = "light") -> None:
        self.chrome.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        from selenium.webdriver.common.actions.action_builder import ActionBuilder
        from selenium.webdriver.support.wait import WebDriverWait

        pointer = ActionBuilder(self.chrome)
        pointer.pointer_action.move_to_location(0, 0)  # away from what the last test pointed at
        pointer.perform()
        self.site.pages["/page"] = html
        self.chrome.get("about:blank")
        self.chrome.get_log("performance")  # reading the log empties it
        self.site.asked.clear()
        self.chrome.get(f"{self.site.url}/page")
        WebDriverWait(self.chrome, 30).until(
            lambda _: self.run("return location.pathname + document.readyState") == "/pagecomplete"
        )

    def run(self, script: str, *arguments: Any) -> Any:
        return self.chrome.execute_script(script, *arguments)

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.chrome.find_elements("css selector", selector)
        return found

    def style(self, element: Any, name: str, pseudo: str | None = None) -> str:
        script = "return getComputedStyle(arguments[0], arguments[2])[arguments[1]]"
        found: str = self.run(script, element, name, pseudo)
        return found

    def colour(self, element: Any, name: str) -> str:
        """Return a computed colour as #rrggbb; that of the nearest ancestor if it is transparent."""
        value = self.style(element, name)
        if value == "rgba(0, 0, 0, 0)":
            return self.colour(self.run("return arguments[0].parentElement", element), name)
        numbers = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", value)
        assert numbers, value
        return "#" + "".join(f"{int(number):02x}" for number in numbers.groups())

    def tooltip(self, element: Any) -> str | None:
        """Return the text of the tooltip that is shown now."""
        content = self.style(element, "content", "::after")
        if content == "none":
            return None
        assert self.style(element, "visibility", "::after") == "visible"
        assert self.style(element, "display", "::after") == "block"
        # CSS writes a new line as \a and a space.
        text: str = json.loads(re.sub(r"\\a ", r"\\n", content))
        return text

    def requests(self) -> list[str]:
        """Return the URLs that the page asked for, in the log of the browser and of the server."""
        events = [
            json.loads(line["message"])["message"] for line in self.chrome.get_log("performance")
        ]
        urls = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        assert {f"{self.site.url}{path}" for path in self.site.asked} <= set(urls)
        return urls


@pytest.fixture
def tab(chrome: Any, site: Site) -> Tab:
    return Tab(chrome, site)


def hover(tab: Tab, element: Any) -> None:
    webdriver.ActionChains(tab.chrome).move_to_element(element).perform()


def press(tab: Tab, *keys: str) -> None:
    webdriver.ActionChains(tab.chrome).send_keys(*keys).perform()


# One token of each shade, one without a likelihood, and a special token.
LIKELIHOODS = [-0.01, -0.2, -0.5, -0.9, -1.5, -3.0, -4.0, -5.5, -9.0, None]
TOKENS = [
    *(TokenLikelihood(f" w{i}", likelihood, id=i) for i, likelihood in enumerate(LIKELIHOODS)),
    TokenLikelihood("</s>", -0.01, id=2, special=True, alternatives=[TokenLikelihood(' "a"', -5)]),
]
ANSWER = Generations(
    [Generation("", TOKENS, finish_reason="eos_token"), Generation("Rivers flow.")],
    prompt="Rivers", id="r-1", dialect="tgi", usage=Usage(1, 2, 3),
)  # fmt: skip
RERANKING = Reranking(
    {"results": [{"index": 1, "relevance_score": 0.75}, {"index": 0, "relevance_score": 0.25}]},
    documents=["Bread", "River"],
)
EMBEDDINGS = Embeddings([[0.5, 0.25]], texts=["River"])


@SCHEMES
def test_text_has_contrast_as_it_is_drawn(tab: Tab, scheme: str) -> None:
    number = ["light", "dark"].index(scheme)
    for result in (ANSWER, RERANKING, EMBEDDINGS):
        tab.show(result.to_html(), scheme=scheme)
        elements = tab.all(".cohere-aws, .cohere-aws *:not(style)")
        assert elements
        for element in elements:
            pair = tab.colour(element, "color"), tab.colour(element, "backgroundColor")
            assert contrast(*pair) >= 4.5 or not element.text, (
                element.get_attribute("outerHTML"),
                pair,
            )
    tab.show(ANSWER.to_html(), scheme=scheme)
    assert tab.colour(tab.all(".cohere-aws")[0], "backgroundColor") == COLOURS["ground"][number]
    drawn = [tab.colour(token, "backgroundColor") for token in tab.all(".t")]
    assert drawn[: len(SHADES)] == [shade[number] for shade in SHADES]
    assert drawn[len(SHADES) :] == [COLOURS["ground"][number], SHADES[0][number]]
    scale = [tab.colour(step, "backgroundColor") for step in tab.all(".scale span")]
    assert scale == [shade[number] for shade in SHADES]
    assert {tab.colour(token, "color") for token in tab.all(".t")} == {COLOURS["text"][number]}


@SCHEMES
def test_a_tooltip_is_shown_by_the_mouse(tab: Tab, scheme: str) -> None:
    tab.show(ANSWER.to_html(), scheme=scheme)
    tokens = tab.all(".t")
    assert [tab.tooltip(token) for token in tokens] == [None] * len(tokens)
    for number in (3, 10):
        hover(tab, tokens[number])
        found = [tab.tooltip(token) for token in tokens]
        assert found.pop(number) == tokens[number].get_attribute("data-tip")
        assert found == [None] * (len(tokens) - 1)
    assert (
        tab.tooltip(tokens[10])
        == "'</s>', id 2, special\nlikelihood -0.01, 99.00 %\nor ' \"a\"': likelihood -5, 0.67 %"
    )
    colours = [COLOURS[name][["light", "dark"].index(scheme)] for name in ("ground", "text")]
    drawn = [tab.style(tokens[10], name, "::after") for name in ("color", "backgroundColor")]
    assert drawn == [
        f"rgb({int(c[1:3], 16)}, {int(c[3:5], 16)}, {int(c[5:], 16)})" for c in colours
    ]


def test_a_tooltip_is_shown_by_the_keyboard(tab: Tab) -> None:
    from selenium.webdriver.common.keys import Keys

    tab.show(ANSWER.to_html())
    tokens = tab.all(".t")
    press(tab, Keys.TAB, Keys.TAB)
    assert tab.chrome.switch_to.active_element == tokens[1]
    assert tab.tooltip(tokens[1]) == "' w1', id 1\nlikelihood -0.2, 81.87 %"
    assert tab.style(tokens[1], "outlineStyle") == "solid"
    press(tab, *[Keys.TAB] * 9)
    assert tab.tooltip(tokens[1]) is None
    assert (tab.tooltip(tokens[10]) or "").startswith("'</s>'")


def test_a_screen_reader_is_given_the_tooltip(tab: Tab) -> None:
    tab.show(Generation("", TOKENS[:2]).to_html())
    tab.run("document.querySelector('.t').focus()")
    tree = tab.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    said = " ".join(str(node.get("name", {}).get("value", "")) for node in tree)
    assert "likelihood -0.01, 99.00 %" in said
    assert "likelihood -0.2" not in said


def test_a_tooltip_stays_inside_its_text(tab: Tab) -> None:
    other = TokenLikelihood("m" * 80, -1)
    tokens = [TokenLikelihood(f" word{i}", -1, alternatives=[other] * 9) for i in range(40)]
    tab.show(Generations([Generation("", tokens)] * 2).to_html())
    width = tab.run("return document.documentElement.clientWidth")
    for token in (tab.all(".t")[5], tab.all(".t")[-1]):
        hover(tab, token)
        # The page is longer now. A scroll bar that appeared would move the tokens.
        assert tab.run("return document.documentElement.clientWidth") == width
        assert tab.style(token, "left", "::after") == "0px"
        box = tab.run("return arguments[0].closest('.text').clientWidth", token)
        assert 0 < float(tab.style(token, "width", "::after").removesuffix("px")) <= box
        assert tab.run("return document.documentElement.scrollWidth <= innerWidth")


SCRIPT = "window.ran = (window.ran || 0) + 1"
ATTACKS = [
    f"<script>{SCRIPT}</script>", f"</style><script>{SCRIPT}</script>", f"</title><script>{SCRIPT}</script>",
    f'"><script>{SCRIPT}</script>', f'<img src="/asked" onerror="{SCRIPT}">', f'" onfocus="{SCRIPT}" x="',
    f"' onmouseover='{SCRIPT}' x='", f'<svg onload="{SCRIPT}">', f"]]><script>{SCRIPT}</script>",
    "<style>@import '/asked'</style>", '<link rel="stylesheet" href="/asked">', '<iframe src="/asked"></iframe>',
    '<meta http-equiv="refresh" content="0;url=/asked">', "<a href='/asked' ping='/asked'>",
    '" style="background:url(/asked)" x="', "<base href='//example.com'>", f"<body onload='{SCRIPT}'>",
    *HOSTILE,
]  # fmt: skip


def attacked() -> list[Any]:
    """Return a result of each kind that has every attack in every text."""
    tokens = [
        TokenLikelihood(text, -1, alternatives=[TokenLikelihood(text, -2)]) for text in ATTACKS
    ]
    everything = " ".join(ATTACKS)
    calls = [ToolUse(None, text, {text: text}) for text in ATTACKS]
    generation = Generation("", tokens, finish_reason=ATTACKS[0], tool_calls=calls)
    many = [Generation(text, finish_reason=text) for text in ATTACKS]
    scores = [{"index": i, "relevance_score": 0.5} for i in range(len(ATTACKS))]
    return [
        generation,
        Generations([generation, *many], id=everything, prompt=everything, prompt_tokens=tokens),
        Generations([Generation(everything)], id=ATTACKS[0]),
        Reranking({"results": scores, "id": ATTACKS[0]}, documents=ATTACKS),
        Embeddings([[0.5]] * len(ATTACKS), texts=ATTACKS, id=ATTACKS[0]),
    ]


@pytest.mark.parametrize("kind", ["page", "notebook"])
@pytest.mark.parametrize("number", range(5))
def test_nothing_is_loaded_and_nothing_runs(tab: Tab, kind: str, number: int) -> None:
    result = attacked()[number]
    part = result._repr_html_()
    tab.show(
        result.to_html() if kind == "page" else NOTEBOOK.format(style="", first=part, second=part)
    )
    for token in tab.all(".t")[:30]:
        tab.run("arguments[0].focus()", token)
    for token in tab.all(".t")[:5]:
        hover(tab, token)
    assert tab.run("return window.ran") is None
    assert tab.run("return document.scripts.length + document.images.length") == 0
    assert (
        tab.run("return document.querySelectorAll('iframe, object, embed, svg, a, base').length")
        == 0
    )
    assert tab.run("return performance.getEntriesByType('resource').length") == 0
    assert tab.site.asked == ["/page"]
    urls = {url for url in tab.requests() if not url.startswith(("data:", "about:"))}
    assert urls == {f"{tab.site.url}/page"}


def test_attacks_that_are_not_escaped_are_seen(tab: Tab) -> None:
    """Check the test above: it would find what runs and what is loaded."""
    tab.show(NOTEBOOK.format(style="", first=ATTACKS[0] + ATTACKS[4], second=""))
    assert tab.run("return window.ran") == 2
    assert tab.site.asked == ["/page", "/asked"]
    assert f"{tab.site.url}/asked" in tab.requests()


def test_the_policy_of_a_page_stops_what_is_not_escaped(tab: Tab) -> None:
    tab.show(Generation("MARK").to_html().replace("MARK", ATTACKS[0] + ATTACKS[4]))
    assert tab.run("return [window.ran, document.scripts.length]") == [None, 1]
    assert tab.site.asked == ["/page"]


@SCHEMES
def test_the_style_of_a_notebook_and_ours_do_not_mix(tab: Tab, scheme: str) -> None:
    page = NOTEBOOK.format(
        style=JUPYTERLAB, first=RERANKING._repr_html_(), second=ANSWER._repr_html_()
    )
    tab.show(page, scheme=scheme)
    ground = COLOURS["ground"][["light", "dark"].index(scheme)]
    for cell in tab.all("td, th"):
        assert tab.colour(cell, "backgroundColor") == ground
        assert tab.style(cell, "textAlign") == "left"
        assert contrast(tab.colour(cell, "color"), ground) >= 4.5
    assert [tab.style(table, "tableLayout") for table in tab.all("table")] == ["auto"]
    assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
    (other,) = tab.all("#other")
    names = ("backgroundColor", "position", "maxWidth", "whiteSpace", "cursor", "fontSize")
    found = [tab.style(other, name) for name in names]
    tab.show(NOTEBOOK.format(style=JUPYTERLAB, first="", second=""), scheme=scheme)
    assert found == [tab.style(tab.all("#other")[0], name) for name in names]


def test_generations_are_side_by_side_where_there_is_room(tab: Tab) -> None:
    tab.show(ANSWER.to_html())
    first, second = (card.rect for card in tab.all(".card"))
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]
    tab.chrome.set_window_size(500, 700)
    try:
        first, second = (card.rect for card in tab.all(".card"))
        assert first["y"] + first["height"] <= second["y"]
        assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        tab.chrome.set_window_size(900, 700)


def test_bars_are_as_long_as_their_score(tab: Tab) -> None:
    tab.show(RERANKING.to_html())
    first, second = (bar.rect["width"] for bar in tab.all(".bar"))
    assert first == pytest.approx(3 * second, abs=2)


def lefts(tab: Tab) -> list[float]:
    return [token.rect["x"] for token in tab.all(".t")]


@pytest.mark.parametrize("mark", ["\u202e", "\u202b", "\u2067", "\u200f"])
def test_a_mark_of_direction_does_not_turn_the_text_after_it(tab: Tab, mark: str) -> None:
    tab.show(
        Generation(
            "", [TokenLikelihood(text, -1) for text in ("one", mark, " two", " three")]
        ).to_html()
    )
    assert lefts(tab) == sorted(lefts(tab))


def test_text_from_right_to_left_is_read_from_the_right(tab: Tab) -> None:
    texts = ["\u05e9\u05dc\u05d5\u05dd", " \u05e2\u05d5\u05dc\u05dd", "\nthen", " English"]
    tab.show(Generation("", [TokenLikelihood(text, -1) for text in texts]).to_html())
    box = tab.all(".text")[0].rect
    middle = box["x"] + box["width"] / 2
    hebrew, english = lefts(tab)[:2], lefts(tab)[3]
    assert hebrew == sorted(hebrew, reverse=True)
    assert english < middle < hebrew[1]  # a new line has its own direction


def test_a_special_token_has_a_border_and_a_new_line_a_sign(tab: Tab) -> None:
    tokens = [
        TokenLikelihood("a", -1),
        TokenLikelihood("</s>", -1, special=True),
        TokenLikelihood("\n", -1),
        TokenLikelihood("", -1),
    ]
    tab.show(Generation("", tokens).to_html())
    text, special, new_line, empty = tab.all(".t")
    assert (tab.style(text, "borderStyle"), tab.style(special, "borderStyle")) == ("none", "dashed")
    assert tab.style(new_line, "content", "::before") == '"↵"'
    assert tab.style(empty, "content", "::before") == '"∅"'
    assert empty.rect["width"] > 3


def test_the_longest_view_is_shown(tab: Tab) -> None:
    tokens = [TokenLikelihood(f" {i}", -i / 1000, id=i) for i in range(100_000)]
    tab.show(Generation("", tokens).to_html())
    assert len(tab.all(".t")) == 2_000
    assert tab.all(".note")[0].text == "… and 98,000 more tokens, not shown"
