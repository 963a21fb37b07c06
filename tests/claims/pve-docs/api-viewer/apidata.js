const apiSchema = [
   {"children": [{"path": "/nodes/{node}", "text": "{node}", "leaf": 1, "info": {"GET": {"parameters": {"properties": {"node": {"type": "string"}, "full": {"optional": 1, "type": "boolean"}}}}, "POST": {"parameters": {"properties": {"mode": {"enum": ["a", "b"], "type": "string"}}}}}}], "path": "/nodes", "text": "nodes", "leaf": 0}
]
;

let x = [1];
