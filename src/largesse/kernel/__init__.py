"""The ground floor: ids, money, time, errors, the database and its jobs.

Nothing here knows a product word such as gift, coin or room. Every other
package may import this one; this one imports none of them.
"""
