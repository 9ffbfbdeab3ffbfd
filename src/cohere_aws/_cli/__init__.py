"""Command ``cohere-aws``: one module for each subcommand. They use the public API.

``_main`` parses the arguments, runs a subcommand, and turns its errors into one line on standard
error and an exit status (``_exits``). ``_model`` has the options that name a model, ``_requests``
creates its request, and ``_output`` writes text that any terminal can show.
"""
