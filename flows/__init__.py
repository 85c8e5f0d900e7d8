"""When does each stage run? The only place that knows Prefect."""
