"""Schema changes as plain SQL, forward only, run by Alembic under the owner's role.

Each change is a numbered pair in `versions/`: the SQL that is read and reviewed, and a
few lines of Python that tell Alembic its place in the row.
"""
