"""What waits until every node runs the new version: dropping and tightening.

Pairs as in `versions/`, in a row of their own that starts at 0001. A revision here
may take away what the version before this one still used; see docs/operating/upgrade.md.
"""
