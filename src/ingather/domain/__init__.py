"""Our nouns and their states, the facts that move them, and the fold that says where every order stands."""
