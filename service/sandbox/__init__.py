"""Where may an agency's program be tried out without touching a real household?"""
