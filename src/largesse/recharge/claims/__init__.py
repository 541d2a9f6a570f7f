"""What was asked back or taken back of a recharge, and what that does to the books.

Everything that `settle` needs of it; the verbs of buyers and operators are upstairs, in
`refunds` and `cases`.
"""
