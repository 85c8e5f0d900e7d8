"""What do the doubts read from the registry, and how is what was found or decided written for many at once?"""
