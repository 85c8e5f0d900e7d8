"""How does the outside reach the service over HTTP?"""
