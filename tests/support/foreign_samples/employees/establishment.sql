CREATE TABLE employees (emp_no INTEGER PRIMARY KEY, first_name VARCHAR(14), last_name VARCHAR(16), hire_date DATE);
CREATE TABLE departments (dept_no CHAR(4) PRIMARY KEY, dept_name VARCHAR(40));
CREATE TABLE dept_emp (emp_no INTEGER, dept_no CHAR(4), from_date DATE, to_date DATE, PRIMARY KEY (emp_no, dept_no));
INSERT INTO employees VALUES (10001, '伟', '陈', '1986-06-26'), (10002, '静', '王', '1996-08-03'), (10003, '三丰', '张', '1995-12-03'), (10004, '敏', '李', '1986-12-01'), (10005, '强', '赵', '1989-09-12');
INSERT INTO departments VALUES ('d004', 'Production'), ('d005', 'Development'), ('d006', 'Quality Management');
INSERT INTO dept_emp VALUES (10001, 'd005', '1986-06-26', '9999-01-01'), (10001, 'd006', '2998-01-01', '9999-01-01'), (10002, 'd004', '1996-08-03', '2001-05-01'), (10002, 'd005', '2001-05-01', '9999-01-01'), (10003, 'd004', '1995-12-03', '9999-01-01'), (10003, 'd006', '1995-12-03', '9999-01-01'), (10004, 'd004', '1986-12-01', '2010-01-01'), (10005, 'd006', '1989-09-12', '9999-01-01');
