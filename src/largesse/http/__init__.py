"""The HTTP face: assembles the features' routes, signs people in, words refusals.

No rule of the product lives here, and no feature imports this package.
"""
