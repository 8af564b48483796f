"""A case looked at again, minute by minute, with what each source of data showed."""
