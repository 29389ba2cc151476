"""Public pools of customers (客户公海): the engine of the pools over another table, where a workspace wants it."""
