"""Where is every household of a cycle, and is none missing?"""
