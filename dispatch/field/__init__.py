"""The responder's phone: passing on, keys of the card, actions that arrive late."""
