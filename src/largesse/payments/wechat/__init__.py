"""WeChat Pay: codes and pages, sealed notices, and answers that are verified too.

Everybody else sees the port.
"""
