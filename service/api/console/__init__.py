"""What do officers see in the browser?"""
