"""The steps from sprints to a report, in order, and nothing else."""
