"""The schema's history (Alembic); shipped as a package so that an installed product has it."""
