"""A live campaign on a bad day of a given seed, and the product's promises checked after it."""
