"""Further doors to `intake.deliver`: a watched folder, and partners' servers to fetch from."""
