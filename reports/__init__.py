"""What is counted and shown to the county: targets, money, pledge card, year, dashboard."""
