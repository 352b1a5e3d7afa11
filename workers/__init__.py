"""The workers carry: thin Celery tasks, each one transaction around one use case."""
