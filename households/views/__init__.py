"""Pages of this floor. Each loads through `visible_to`, asks one form, calls one verb."""
