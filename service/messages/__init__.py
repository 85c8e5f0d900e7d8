"""How do messages come in and go out without being lost or doubled?"""
