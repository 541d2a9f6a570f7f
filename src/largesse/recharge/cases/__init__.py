"""What buyers report as not theirs, what an operator decides, and the evidence for a bank.

Reporting stops spending at once; deciding is a person's.
"""
