"""Auto-recharge: agreed with a second factor, run by a sweeper, followed to its end.

It stops at every limit of its owner, and tells them each time.
"""
