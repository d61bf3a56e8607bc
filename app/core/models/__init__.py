"""What a network says of itself: the card that every model package has.

Every room above `app.core` may import it. Start with `card`.
"""
