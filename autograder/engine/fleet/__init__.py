"""Many submissions at a time: workers, warm sandboxes, pools, Dask."""
