"""The worker's side: thin Celery tasks over the job row, the runner, and the sweep's own process."""
