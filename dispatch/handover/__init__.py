"""Handing a case to a colleague, who takes it by name; nobody leaves while owning one."""
