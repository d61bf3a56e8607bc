"""What things are: grids, volumes, studies, lesions, biomarkers, jobs."""
