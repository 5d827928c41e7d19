"""A dog: breeds, skeleton, skin, leg kinematics, gait and the actor that joins them."""
