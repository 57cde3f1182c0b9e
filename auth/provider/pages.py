"""The provider's pages in Chinese and English: plain forms, one style sheet, no script."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

STYLE_PATH: Final = "/oauth/style.css"
STYLE_FILE: Final = Path(__file__).with_name("style.css")
MESSAGES: Final[Mapping[str, str]] = {
    "wrong": "用户名、口令或验证码不对 · Wrong name, password or code",
    "locked": "失败次数过多，请稍后再试 · Too many failures; try again later",
    "busy": "登录人数过多，请稍后再试 · Too many sign-ins at once; try again shortly",
    "code_needed": "请输入动态验证码 · Enter the one-time code",
    "code_missing": "需要第二因素，请联系管理员 · Ask the administrator for a second factor",
    "stale": "页面已过期，请重新提交 · The page had expired; send it again",
}


def page(title: str, body: str, *, status: int = 200, leads_to: str = "") -> HTMLResponse:
    """A page; `leads_to` is the one other origin that its form may end at."""
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {leads_to}"
    )
    headers = {
        "Content-Security-Policy": policy.strip(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",  # no-referrer makes browsers send Origin: null
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    html = f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="{STYLE_PATH}">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
    return HTMLResponse(html, status, headers)


def login_form(hidden: Mapping[str, str], message: str | None, *, asks_code: bool) -> str:
    """User name and password, with a one-time code where two factors are asked for."""
    return f"""{_told(message)}<form method="post" action="/oauth/login">
{_hidden(hidden)}
<label for="login">用户名 · User name</label>
<input id="login" name="login" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">口令 · Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
{_CODE if asks_code else ""}<button>登录 · Sign in</button>
</form>"""


def step_up_form(hidden: Mapping[str, str], message: str | None) -> str:
    """A one-time code for somebody who is signed in by password."""
    return f"""{_told(message)}<form method="post" action="/oauth/step-up">
{_hidden(hidden)}
{_CODE}<button>验证 · Verify</button>
</form>"""


def logout_form(hidden: Mapping[str, str]) -> str:
    """The question before everything is signed out."""
    return f"""<p>退出后，各部门系统同时退出。 · All systems are signed out together.</p>
<form method="post" action="/oauth/logout">
{_hidden(hidden)}
<button>退出登录 · Sign out</button>
</form>"""


def note(text: str) -> str:
    """One line of text."""
    return f"<p>{escape(text)}</p>"


_CODE: Final = """<label for="code">动态验证码 · One-time code</label>
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="8">
"""


def _told(message: str | None) -> str:
    if message is None:
        return ""
    return f'<p class="wrong" role="alert">{escape(MESSAGES[message])}</p>\n'


def _hidden(fields: Mapping[str, str]) -> str:
    return "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
