"""The `fourfold` command line: one command a file, put together here."""

import typer

from commands import check, demo_make, demo_run, draft, explain, export_schema, link, serve
from commands.accounts import token_command
from commands.accounts.account import account
from commands.accounts.client import client
from commands.accounts.keys import keys
from commands.audit import purge, verify, who
from commands.logs import configure_logs
from commands.policy import explain as policy_explain

EPILOG = """Examples:

fourfold demo make --dir .demo

fourfold link --config .demo/city.toml

fourfold serve --config .demo/city.toml --port 8000

Exit status: 0 ok, 1 problems were found, 2 wrong use.
"""

main = typer.Typer(
    name="fourfold",
    help="One live graph over the systems that four departments of a city keep themselves.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
demo = typer.Typer(help="The demo city.", no_args_is_help=True)
demo.command("make", epilog=demo_make.EPILOG)(demo_make.make)
demo.command("run", epilog=demo_run.EPILOG)(demo_run.run)
main.add_typer(demo, name="demo")
policy = typer.Typer(help="The access policy.", no_args_is_help=True)
policy.command("explain", epilog=policy_explain.EPILOG)(policy_explain.explain)
main.command("check", epilog=check.EPILOG)(check.check)
main.command("draft", epilog=draft.EPILOG)(draft.draft)
main.command("explain", epilog=explain.EPILOG)(explain.explain)
main.command("link", epilog=link.EPILOG)(link.link)
main.command("serve", epilog=serve.EPILOG)(serve.serve)
main.add_typer(account, name="account")
main.add_typer(client, name="client")
main.add_typer(keys, name="keys")
audit = typer.Typer(help="The audit log.", no_args_is_help=True)
audit.command("verify", epilog=verify.EPILOG)(verify.verify)
audit.command("who", epilog=who.EPILOG)(who.who)
audit.command("purge", epilog=purge.PURGE_EPILOG)(purge.purge)
audit.command("erase", epilog=purge.ERASE_EPILOG)(purge.erase)
main.add_typer(audit, name="audit")
main.command("token", epilog=token_command.EPILOG)(token_command.token)
main.add_typer(policy, name="policy")
main.command("export-schema", epilog=export_schema.EPILOG)(export_schema.export_schema)


@main.callback()
def start() -> None:
    """Sends warnings and errors to stderr; the server sets its own level from the city file."""
    configure_logs("warning", "json")


if __name__ == "__main__":
    main()
