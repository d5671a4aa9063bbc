"""Read models: what the command line, the API and the checks ask of the books."""
