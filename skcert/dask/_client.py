"""Which cluster an ensemble is on."""

from distributed import get_client


def the_client(client, method):
    """The client that is given, or the active one; ValueError if there is none."""
    if client is None:
        try:
            client = get_client()
        except ValueError:
            raise ValueError(
                f"{method} needs a cluster, and client=None finds no active one: start one before, with "
                "`from distributed import Client; client = Client()`, or pass client=."
            ) from None
    if getattr(client, "asynchronous", False):
        raise ValueError(
            f"client={client!r} is asynchronous, and {method} waits for answers: pass Client(asynchronous=False)."
        )
    return client
