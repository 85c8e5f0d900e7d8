"""Which agency has the baton, what did it answer, and what follows when it does not answer?"""
